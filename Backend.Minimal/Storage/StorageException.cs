namespace JamBox.Backend.Storage;

/// <summary>The storage could not do what it was asked: a full disk, a damaged file, a constraint that was broken.</summary>
internal sealed class StorageException : Exception
{
    private const int SqliteConstraint = 19;

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What failed, in the storage's words.</param>
    /// <param name="code">SQLite's primary result code.</param>
    /// <param name="isOutage">Whether the storage is to blame, and not what it was asked.</param>
    /// <param name="isConstraint">Whether a constraint was broken.</param>
    public StorageException(string message, int code, bool isOutage, bool isConstraint = false)
        : base(message)
    {
        Code = code;
        IsOutage = isOutage;
        IsConstraint = isConstraint || code == SqliteConstraint;
    }

    /// <summary>SQLite's primary result code.</summary>
    public int Code { get; }

    /// <summary>Whether a constraint was broken: it will be again, however often it is tried.</summary>
    public bool IsConstraint { get; }

    /// <summary>
    /// Whether the storage is out of order: away, silent, full, locked. Whoever asked is told to come again, and the log says it once
    /// (<see cref="StorageOutage"/>). False is a fault of ours, or a broken constraint, which the log says each time.
    /// </summary>
    public bool IsOutage { get; }
}

/// <summary>More wait than may. Nothing was done: the sender is asked to come again.</summary>
internal sealed class StorageBusyException : Exception
{
}
