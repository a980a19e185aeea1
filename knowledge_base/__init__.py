"""The bank's knowledge base: articles, their index and the search over them."""
