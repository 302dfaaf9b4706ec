"""The adapters of sqsd's ports, each at port / technology, and the command line that puts them together."""
