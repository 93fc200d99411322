"""The ground: compiled rules and keyed draws."""
