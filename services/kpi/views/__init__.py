"""What readers are answered from: the cube in memory, kept fresh from what the projector stores."""
