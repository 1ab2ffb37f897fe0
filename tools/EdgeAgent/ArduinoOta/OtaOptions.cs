namespace JamBox.Edge.ArduinoOta;

/// <summary>The settings of pushes (<c>modules.ota…</c>).</summary>
public sealed class OtaOptions
{
    /// <summary>The lowest port that may be used.</summary>
    public const int MinPort = 1024;

    private const int MaxPort = 65_535;

    /// <summary>The modules' UDP port, 1…65535.</summary>
    public int Port { get; set; } = 3232;

    /// <summary>The ports that modules connect back to, <c>first-last</c>: what the gateway's firewall must let in.</summary>
    public string Ports { get; set; } = "10000-60000";

    /// <summary>How often a module is invited, 1…60.</summary>
    public int Invitations { get; set; } = 10;

    /// <summary>How long an invitation waits for its answer, s, 1…60.</summary>
    public int InvitationSeconds { get; set; } = 10;

    /// <summary>How long a module may take to check the password, s, 1…60.</summary>
    public int AuthenticationSeconds { get; set; } = 10;

    /// <summary>How long a module that agreed may take to connect, s, 1…120.</summary>
    public int ConnectSeconds { get; set; } = 10;

    /// <summary>How long a module may take for a block, s, 1…120: it erases 64 KB before some.</summary>
    public int BlockSeconds { get; set; } = 10;

    /// <summary>How long a module may take to check the whole image, s, 1…300.</summary>
    public int ResultSeconds { get; set; } = 60;

    /// <summary>How long a push may take in all, s, 30…3600.</summary>
    public int PushSeconds { get; set; } = 900;

    /// <summary>Checks the ranges.</summary>
    /// <returns>What is wrong, a sentence each; none = all is well.</returns>
    public IReadOnlyList<string> Faults()
    {
        List<string> faults = [];
        Check(faults, nameof(Port), Port, 1, MaxPort);
        Check(faults, nameof(Invitations), Invitations, 1, 60);
        Check(faults, nameof(InvitationSeconds), InvitationSeconds, 1, 60);
        Check(faults, nameof(AuthenticationSeconds), AuthenticationSeconds, 1, 60);
        Check(faults, nameof(ConnectSeconds), ConnectSeconds, 1, 120);
        Check(faults, nameof(BlockSeconds), BlockSeconds, 1, 120);
        Check(faults, nameof(ResultSeconds), ResultSeconds, 1, 300);
        Check(faults, nameof(PushSeconds), PushSeconds, 30, 3600);
        if (!TryReadPorts(Ports, out _, out _))
        {
            faults.Add($"modules.ports must be FIRST-LAST, from {MinPort} to {MaxPort}, not \"{Ports}\".");
        }

        return faults;
    }

    /// <summary>Reads a range of ports.</summary>
    /// <param name="text"><c>first-last</c>.</param>
    /// <param name="first">The first.</param>
    /// <param name="last">The last, not below the first.</param>
    public static bool TryReadPorts(string? text, out int first, out int last)
    {
        first = 0;
        last = 0;
        string[] parts = (text ?? string.Empty).Split('-', '–');
        return parts.Length == 2
            && int.TryParse(parts[0].Trim(), System.Globalization.NumberStyles.None, null, out first)
            && int.TryParse(parts[1].Trim(), System.Globalization.NumberStyles.None, null, out last)
            && first >= MinPort && last <= MaxPort && first <= last;
    }

    private static void Check(List<string> faults, string name, int value, int min, int max)
    {
        if (value < min || value > max)
        {
            faults.Add($"modules.ota.{char.ToLowerInvariant(name[0])}{name[1..]} must be {min} to {max}, not {value}.");
        }
    }
}
