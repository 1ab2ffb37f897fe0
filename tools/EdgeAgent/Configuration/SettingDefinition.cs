namespace JamBox.Edge.Configuration;

/// <summary>What a value may be.</summary>
internal enum SettingKind
{
    /// <summary>A text of one line.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Switch,

    /// <summary>An absolute address.</summary>
    Address,

    /// <summary>Several texts.</summary>
    List,
}

/// <summary>A setting that there is.</summary>
/// <param name="Name">In the file; a dot stands between an object and its member.</param>
/// <param name="Kind">What it may be.</param>
/// <param name="Default">What it is when nothing is said; <c>null</c> = nothing.</param>
/// <param name="Meaning">What it does, for people.</param>
internal sealed record SettingDefinition(string Name, SettingKind Kind, string? Default, string Meaning)
{
    /// <summary>The smallest number.</summary>
    public int Min { get; init; }

    /// <summary>The largest number.</summary>
    public int Max { get; init; } = int.MaxValue;

    /// <summary>Characters at most.</summary>
    public int MaxLength { get; init; } = 1024;

    /// <summary>The words that it may be; empty = any.</summary>
    public string[] Words { get; init; } = [];

    /// <summary>The schemes that an address may have.</summary>
    public string[] Schemes { get; init; } = [];

    /// <summary>It belongs into the file of secrets, and is shown to nobody.</summary>
    public bool IsSecret { get; init; }

    /// <summary>The server may change it: nothing can be broken into or broken with it.</summary>
    public bool IsHarmless { get; init; }

    /// <summary>Nothing works without it.</summary>
    public bool IsNeeded { get; init; }

    /// <summary>Looks closer; gives what is wrong, as "must be …", or <c>null</c>.</summary>
    public Func<string, string?>? Check { get; init; }

    /// <summary>Its name in the environment: <c>mqtt.broker</c> is <c>JAMBOX_EDGE_MQTT_BROKER</c>.</summary>
    public string Variable { get; } = SettingTable.VariablePrefix + string.Concat(Name.Select(static letter =>
        letter == '.' ? "_" : char.IsAsciiLetterUpper(letter) ? "_" + letter : char.ToUpperInvariant(letter).ToString()));
}
