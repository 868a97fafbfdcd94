"""Cases of maps, films and matrices, for tests and for reviewers (``make gallery``)."""
