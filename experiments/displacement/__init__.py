"""Does an entrant displace incumbents? Paired worlds, accounts, verdicts, report."""
