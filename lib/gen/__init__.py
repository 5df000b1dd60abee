"""Generators that read the public headers and write what is made of them."""
