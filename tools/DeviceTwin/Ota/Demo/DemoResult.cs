namespace JamBox.Twin.Ota.Demo;

/// <summary>How the demonstration ended.</summary>
internal sealed record DemoResult
{
    /// <summary>What was expected and is not so; empty = all is well.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>The boxes.</summary>
    public required IReadOnlyList<DemoBox> Boxes { get; init; }

    /// <summary>What the backend says of each: state and why, by id.</summary>
    public required IReadOnlyDictionary<string, (string State, string Why)> Standings { get; init; }

    /// <summary>Bytes of the patch.</summary>
    public required int PatchBytes { get; init; }

    /// <summary>Virtual seconds.</summary>
    public required double VirtualSeconds { get; init; }

    /// <summary>Real seconds.</summary>
    public required double RealSeconds { get; init; }

    /// <summary>The database.</summary>
    public required string DatabasePath { get; init; }

    /// <summary>The admin key of the run.</summary>
    public required string AdminKey { get; init; }
}
