"""Many runs, and what they say: command line, runner, figures."""
