"""The reachability matrix as a picture and in words."""
