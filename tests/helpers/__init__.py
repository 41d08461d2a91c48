"""What several tests share: small real results, checkpoints, services and painters."""
