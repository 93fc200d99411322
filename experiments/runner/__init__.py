"""Many runs: jobs, executors, store, outcomes."""
