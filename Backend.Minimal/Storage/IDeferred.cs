namespace JamBox.Backend.Storage;

/// <summary>
/// What a feature writes later than the changes that it follows from: under load many changes then share it. It must follow from rows that
/// are stored with those changes, so that after a crash it can be made good from them. Called by the writer alone, within its transactions.
/// </summary>
internal interface IDeferred : IDisposable
{
    /// <summary>Whether something is owed.</summary>
    bool IsOwed { get; }

    /// <summary>
    /// When what is owed must be written, by <see cref="Environment.TickCount64"/>; in the past when it is too much to wait.
    /// </summary>
    long DueAt { get; }

    /// <summary>Writes what is owed.</summary>
    void Write(SqlSession session);

    /// <summary>The transaction is on the disk: what it wrote is owed no longer, what it added is owed from now on.</summary>
    void Committed();

    /// <summary>The transaction was undone: all is as it was before.</summary>
    void RolledBack();
}
