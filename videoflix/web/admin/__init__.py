"""What administrators may do, as JSON; the pages under /admin/ do nothing else."""
