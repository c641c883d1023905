"""What tests of more than one folder use: hosts, servers, clients, samples. A helper of one folder stays in it."""
