namespace System.IO.Ports;

/// <summary>Stand-in.</summary>
public enum Parity
{
    None = 0,
    Odd = 1,
    Even = 2,
}
