"""Makes what private engines start from: packs, images, snapshots. Runs in the course's process."""
