using System.Runtime.CompilerServices;

namespace JamBox.Backend.Storage;

/// <summary>
/// One connection with its prepared statements; used by one thread at a time. Statements are written in the dialect that
/// SQLite and PostgreSQL share: $1 parameters, ON CONFLICT, RETURNING. What differs is behind this class and in
/// <see cref="Schema"/>; only the texts for <see cref="QueryMany"/>, beside their twins in the features, are PostgreSQL's alone.
/// </summary>
internal abstract class SqlSession : IDisposable
{
    /// <summary>
    /// Statements kept prepared. The SQL of the features is constant, so that this is never reached; it bounds a mistake.
    /// </summary>
    protected const int MaxStatements = 512;

    /// <summary>True when the connection is gone for good and another one is needed.</summary>
    public virtual bool IsBroken => false;

    /// <summary>From where the change comes that is being made; null = from no person. See <see cref="Storage.Origin"/>.</summary>
    public string? Origin { get; set; }

    /// <summary>What the writer writes later, on the writer's own connection where it does so; else null.</summary>
    public IDeferred? Deferred { get; set; }

    /// <summary>Begins a transaction that will write.</summary>
    public abstract void Begin();

    /// <summary>Ends it; what it did is on the disk when this returns.</summary>
    public abstract void Commit();

    /// <summary>Undoes it; not an error when there is none.</summary>
    public abstract void RollBack();

    /// <summary>Runs a statement whose rows are not wanted.</summary>
    /// <param name="sql">Constant text: it is the key under which the statement stays prepared.</param>
    /// <param name="values">The values of $1, $2 … .</param>
    /// <returns>The number of rows changed.</returns>
    public abstract int Execute(string sql, params ReadOnlySpan<SqlValue> values);

    /// <summary>Runs one statement for many rows of values; over a network in one round trip.</summary>
    /// <param name="sql">Constant text.</param>
    /// <param name="rows">The values, row by row.</param>
    /// <param name="changed">Takes the rows changed by each; as long as <paramref name="rows"/>.</param>
    public abstract void ExecuteMany(string sql, IReadOnlyList<SqlValue[]> rows, Span<int> changed);

    /// <summary>
    /// Whether one statement can take many rows as arrays. SQLite cannot, and in the same process would gain nothing by it.
    /// </summary>
    public virtual bool TakesArrays => false;

    /// <summary>
    /// Starts one statement for many rows of values, only where <see cref="TakesArrays"/> says so. Its rows are read as those of <see
    /// cref="Query"/>.
    /// </summary>
    /// <param name="sql">Constant text; $1 is the array of the first values of all rows, $2 that of the second ones … .</param>
    /// <param name="rows">The values, row by row: whole numbers, text and bytes only. At least one row.</param>
    public virtual SqlStatement QueryMany(string sql, IReadOnlyList<SqlValue[]> rows) => throw new NotSupportedException();

    /// <summary>Runs several statements in one round trip, only where <see cref="TakesArrays"/> says so.</summary>
    /// <param name="statements">The statements; all but the last give no rows.</param>
    /// <param name="last">Reads the rows of the last.</param>
    /// <returns>The rows changed by each.</returns>
    public virtual int[] ExecuteTogether(IReadOnlyList<ArrayStatement> statements, Action<SqlStatement> last) =>
        throw new NotSupportedException();

    /// <summary>Starts a statement whose rows are wanted. The caller disposes what it gets before it runs another one.</summary>
    /// <param name="sql">Constant text: it is the key under which the statement stays prepared.</param>
    /// <param name="values">The values of $1, $2 … .</param>
    public abstract SqlStatement Query(string sql, params ReadOnlySpan<SqlValue> values);

    /// <summary>Runs several statements of a schema file, written for SQLite; they are not kept.</summary>
    public abstract void ExecuteScript(string script);

    /// <summary>
    /// Whether foreign keys are enforced while SQLite's tables are made anew. Not within a transaction. Nothing in PostgreSQL.
    /// </summary>
    public virtual void KeepReferences(bool keep)
    {
    }

    /// <summary>
    /// Makes every table of SQLite anew whose ids could be given again, with all that is in it. Nothing in PostgreSQL, which never does.
    /// </summary>
    public virtual void NeverReuseIds()
    {
    }

    /// <summary>Keeps other processes from changing the schema until the transaction ends.</summary>
    public abstract void LockSchema();

    /// <summary>Gives the space of deleted rows back. Not within a transaction.</summary>
    public abstract void Vacuum();

    /// <summary>
    /// Brings what is in SQLite's log into the file and makes the log empty, unless somebody is in the way. Nothing in PostgreSQL.
    /// </summary>
    public virtual void ShrinkLog()
    {
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Constant texts are one object each, so that comparing references spares hashing a kilobyte of SQL per reading.</summary>
    protected sealed class ByReference : IEqualityComparer<string>
    {
        /// <summary>The only one.</summary>
        public static readonly ByReference Instance = new();

        /// <inheritdoc/>
        public bool Equals(string? x, string? y) => ReferenceEquals(x, y);

        /// <inheritdoc/>
        public int GetHashCode(string obj) => RuntimeHelpers.GetHashCode(obj);
    }
}

/// <summary>A statement for many rows of values.</summary>
/// <param name="Sql">Constant text; $1 is the array of the first values of all rows, $2 that of the second ones … .</param>
/// <param name="Rows">The values, row by row: whole numbers, text and bytes only. None for a statement without parameters.</param>
internal readonly record struct ArrayStatement(string Sql, IReadOnlyList<SqlValue[]> Rows);
