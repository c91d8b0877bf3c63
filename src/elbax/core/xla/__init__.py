"""What is tuned to the compiler: matrix products, random bits and convolutions, behind plain names."""
