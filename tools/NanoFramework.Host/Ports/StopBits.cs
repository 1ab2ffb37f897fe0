namespace System.IO.Ports;

/// <summary>Stand-in.</summary>
public enum StopBits
{
    One = 1,
    Two = 2,
    OnePointFive = 3,
}
