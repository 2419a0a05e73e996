// Values are dropped in the reverse order, and a shared one when the last owner goes.
use std::rc::Rc;

struct Named(&'static str);

impl Drop for Named {
    fn drop(&mut self) {
        println!("dropped {}", self.0);
    }
}

fn main() {
    let _first = Named("first");
    let shared = Rc::new(Named("shared"));
    {
        let second = Rc::clone(&shared);
        println!("{} owners", Rc::strong_count(&second));
    }
    drop(shared);
    let _last = Named("last");
    println!("end");
}
