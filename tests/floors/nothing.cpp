// A program with a whole room in it: what the room needs of those above does not link.
int main() { return 0; }
