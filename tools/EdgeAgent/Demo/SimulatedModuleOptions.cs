using System.Net;

using JamBox.Edge.ArduinoOta;

namespace JamBox.Edge.Demo;

/// <summary>How long a module's flash and network take: 0 = no time at all.</summary>
/// <param name="EraseMs">To erase 64 KB, ms.</param>
/// <param name="WriteMs">To write 4 KB, ms.</param>
/// <param name="PieceMs">For a piece of the image over the air, and its acknowledgement back, ms.</param>
public readonly record struct FlashModel(int EraseMs, int WriteMs, int PieceMs)
{
    /// <summary>As an ESP32 in a shop's wireless network: some 20 s a MB.</summary>
    public static FlashModel Real { get; } = new(300, 16, 12);
}

/// <summary>What goes wrong at a simulated module; each counts down.</summary>
public sealed class ModuleFaults
{
    /// <summary>It hears nothing: neither invitations nor anything else over UDP, so many datagrams long.</summary>
    public int DatagramsLost { get; set; }

    /// <summary>Its answers over UDP get lost, so many.</summary>
    public int AnswersLost { get; set; }

    /// <summary>It sends a nonce that is none, so many times.</summary>
    public int BadNonces { get; set; }

    /// <summary>It checks the password against another nonce than it sent, so many times.</summary>
    public int WrongNonces { get; set; }

    /// <summary>It agrees and does not connect, as when its partition is too small, so many times.</summary>
    public int MissingConnections { get; set; }

    /// <summary>Its connection breaks in the middle, so many times.</summary>
    public int CutConnections { get; set; }

    /// <summary>It stops reading in the middle, so many times.</summary>
    public int Stalls { get; set; }

    /// <summary>It takes a wrong byte for a right one, so many times: the check at the end finds it.</summary>
    public int FlippedBits { get; set; }

    /// <summary>It is gone before its last word leaves, so many times.</summary>
    public int LastWordsLost { get; set; }

    /// <summary>Its last count gets lost on the way, and all behind it with it, so many times.</summary>
    public int LastCountsLost { get; set; }

    /// <summary>Its power goes in the middle, so many times: it starts what it had, and waits to be told again.</summary>
    public int PowerCuts { get; set; }

    /// <summary>It takes pieces of this many bytes, each acknowledged by itself, 0 = as they come.</summary>
    public int PieceBytes { get; set; }

    /// <summary>It says every so many counts a second time, as a module does that waited for data; 0 = never.</summary>
    public int RepeatEvery { get; set; }

    /// <summary>It sends its last count and <c>OK</c> together, as one segment.</summary>
    public bool JoinsLastWord { get; set; }
}

/// <summary>A simulated module.</summary>
public sealed class SimulatedModuleOptions
{
    /// <summary>Its name in the network.</summary>
    public required string Hostname { get; init; }

    /// <summary>Its address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>Its UDP port.</summary>
    public int Port { get; init; } = 3232;

    /// <summary>How it checks the password, if it has one.</summary>
    public OtaScheme Scheme { get; init; }

    /// <summary>The hash of its password that it keeps, hex; null = it asks for none.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>The image it begins with.</summary>
    public required byte[] Image { get; init; }

    /// <summary>How large its partition is, bytes.</summary>
    public int PartitionBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long it takes to start, ms.</summary>
    public int BootMs { get; init; }

    /// <summary>Whether it takes updates only after it was told to.</summary>
    public bool NeedsTrigger { get; init; }

    /// <summary>How long it takes from the message that tells it to its new start, ms: the bus's time, and its own.</summary>
    public int TellMs { get; init; } = 500;

    /// <summary>Whether its bootloader goes back to the image of before when the new one has started three times in vain.</summary>
    public bool RollsBack { get; init; }

    /// <summary>The times its flash takes.</summary>
    public FlashModel Flash { get; init; }

    /// <summary>What goes wrong.</summary>
    public ModuleFaults Faults { get; init; } = new();
}
