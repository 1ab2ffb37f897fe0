namespace JamBox.App;

/// <summary>What became of the last command with an id. The numbers are stored: they must not change.</summary>
public enum CommandState
{
    /// <summary>There was none.</summary>
    None = 0,

    /// <summary>It was begun; after a loss of power nobody knows how far it got.</summary>
    Begun = 1,

    /// <summary>It was carried out (<c>ok</c>).</summary>
    Ok = 2,

    /// <summary>It could not be carried out (<c>failed</c>).</summary>
    Failed = 3,

    /// <summary>This firmware does not know it (<c>unknown</c>).</summary>
    Unknown = 4,
}
