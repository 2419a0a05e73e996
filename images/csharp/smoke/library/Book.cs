namespace Shelf
{
    sealed class Book
    {
#if SHELF
        public Book(int pages) => Pages = pages;
#endif
        public int Pages { get; }
    }
}
