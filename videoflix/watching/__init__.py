"""What viewers watch: positions, films to continue, history and lists."""
