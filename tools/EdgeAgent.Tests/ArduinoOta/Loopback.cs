using System.Net;

namespace JamBox.Edge.Tests.ArduinoOta;

/// <summary>Addresses of loopback for modules of tests: each one is given once, and other runs on this machine have others.</summary>
internal static class Loopback
{
    private static readonly int s_run = (Environment.ProcessId % 200) + 20;
    private static int s_given;

    public static IPAddress Next()
    {
        int number = Interlocked.Increment(ref s_given);
        return IPAddress.Parse($"127.{s_run}.{number / 250}.{(number % 250) + 1}");
    }
}
