"""Several hosts: network namespaces of this machine, each with a name, an address and a clock of its own."""
