namespace JamBox.App;

/// <summary>What an image is called. On the board these are the constants of <see cref="FirmwareVersion"/>; the twin reads them from the image that it runs.</summary>
public sealed class FirmwareInfo
{
    /// <summary>Initializes a new instance of the <see cref="FirmwareInfo"/> class.</summary>
    /// <param name="version">1…15 characters out of <c>0-9 A-Z a-z . + -</c>.</param>
    /// <param name="sequence">1…2,147,483,647; grows with every release for the same hardware.</param>
    /// <param name="hardwareId">1…15 ASCII characters: the board that the image is for.</param>
    public FirmwareInfo(string version, int sequence, string hardwareId)
    {
        Version = version;
        Sequence = sequence;
        HardwareId = hardwareId;
    }

    /// <summary>Gets the version, as every reading and heartbeat names it.</summary>
    public string Version { get; }

    /// <summary>Gets the place of the release among those for the same hardware.</summary>
    public int Sequence { get; }

    /// <summary>Gets the board that the image is for.</summary>
    public string HardwareId { get; }
}
