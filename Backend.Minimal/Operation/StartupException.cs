namespace JamBox.Backend.Operation;

/// <summary>
/// A start that was refused. The message is one line for the operator and begins with the configuration key that is at fault.
/// </summary>
public sealed class StartupException : Exception
{
    /// <summary>Makes the refusal.</summary>
    /// <param name="key">The configuration key, such as <c>Storage:Path</c>.</param>
    /// <param name="reason">What is wrong and what would be right, in one line.</param>
    /// <param name="isTransient">Whether the same start may succeed later: the database is away.</param>
    public StartupException(string key, string reason, bool isTransient = false)
        : base($"{key}: {reason.ReplaceLineEndings(" ")}")
    {
        Key = key;
        IsTransient = isTransient;
    }

    /// <summary>Whether the same start may succeed later, without anybody changing a setting.</summary>
    public bool IsTransient { get; }

    /// <summary>The configuration key at fault.</summary>
    public string Key { get; }
}
