namespace JamBox.Backend.Storage;

/// <summary>The storage could not do what it was asked: a full disk, a damaged file, a constraint that was broken.</summary>
internal sealed class StorageException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What failed, in the storage's words.</param>
    /// <param name="code">SQLite's primary result code.</param>
    public StorageException(string message, int code)
        : base(message)
    {
        Code = code;
    }

    /// <summary>SQLite's primary result code.</summary>
    public int Code { get; }
}

/// <summary>More changes wait than the writer's queue holds. Nothing was stored: the sender is asked to come again.</summary>
internal sealed class StorageBusyException : Exception
{
}
