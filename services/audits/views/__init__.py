"""Query models of the audits service, kept from its own log."""
