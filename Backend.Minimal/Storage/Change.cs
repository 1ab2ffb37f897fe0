namespace JamBox.Backend.Storage;

/// <summary>One waiting change, as the writer sees it.</summary>
internal abstract class Change
{
    /// <summary>Whether it must run outside of any transaction.</summary>
    public virtual bool IsAlone => false;

    /// <summary>Makes all changes of this kind together, after the others; null = each on its own.</summary>
    public virtual Action<SqlSession, IReadOnlyList<Change>>? Group => null;

    /// <summary>Runs the SQL. May be called again after a rollback, so it keeps nothing from the first time.</summary>
    public abstract void Run(SqlSession session);

    /// <summary>Tells the waiting request that its change is on the disk.</summary>
    public abstract void Acknowledge();

    /// <summary>Tells the waiting request that its change was not made.</summary>
    public abstract void Fail(Exception reason);
}
