// Compiles, but does not link: a function that is declared and defined nowhere.
int nowhere(int);

int main(void) { return nowhere(1); }
