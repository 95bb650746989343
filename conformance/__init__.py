"""The frozen HTTP contract as black-box cases against any Videoflix backend. Only the standard library is needed."""
