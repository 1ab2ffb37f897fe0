namespace JamBox.Backend.Storage;

/// <summary>One column: the only place that says its name, its type, what is stored in it and where it is read to.</summary>
/// <typeparam name="TIn">What is stored.</typeparam>
/// <typeparam name="TOut">What is read.</typeparam>
/// <param name="Name">Its name, or the expression that is read.</param>
/// <param name="Type">Its type as the schema says it, such as <c>INTEGER NOT NULL</c>; null for an expression.</param>
/// <param name="Get">What is stored; null = the storage fills it.</param>
/// <param name="Set">Takes it from a row, where it stands at the index that is given; null = it is not read.</param>
internal sealed record Column<TIn, TOut>(string Name, string? Type, Func<TIn, SqlValue>? Get, Action<TOut, SqlStatement, int>? Set);

/// <summary>The columns of one table, and the SQL and the order of values that follow from them.</summary>
/// <typeparam name="TIn">What is stored.</typeparam>
/// <typeparam name="TOut">What is read.</typeparam>
internal sealed class ColumnTable<TIn, TOut>
{
    private readonly Func<TOut> _new;
    private readonly Func<TIn, SqlValue>[] _stored;
    private readonly Action<TOut, SqlStatement, int>[] _read;

    /// <summary>Makes the table.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="newRow">Makes a row that is then filled.</param>
    /// <param name="columns">Its columns.</param>
    public ColumnTable(string name, Func<TOut> newRow, params Column<TIn, TOut>[] columns)
    {
        _new = newRow;
        Columns = columns;
        Column<TIn, TOut>[] stored = [.. columns.Where(static column => column.Get is not null)];
        Column<TIn, TOut>[] read = [.. columns.Where(static column => column.Set is not null)];
        _stored = [.. stored.Select(static column => column.Get!)];
        _read = [.. read.Select(static column => column.Set!)];
        InsertInto = $"INSERT INTO {name} ({string.Join(", ", stored.Select(static column => column.Name))})";
        Parameters = string.Join(", ", Enumerable.Range(1, stored.Length).Select(static number => $"${number}"));
        Select = $"SELECT {string.Join(", ", read.Select(static column => column.Name))} FROM {name}";
    }

    /// <summary>The columns.</summary>
    public IReadOnlyList<Column<TIn, TOut>> Columns { get; }

    /// <summary><c>INSERT INTO</c> with the table and the columns that are stored.</summary>
    public string InsertInto { get; }

    /// <summary>Their parameters, <c>$1</c> and on, in the order of <see cref="Values"/>.</summary>
    public string Parameters { get; }

    /// <summary><c>SELECT … FROM</c> the table, with the columns that are read.</summary>
    public string Select { get; }

    /// <summary>The values of <see cref="Parameters"/>.</summary>
    public SqlValue[] Values(TIn item)
    {
        SqlValue[] values = new SqlValue[_stored.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = _stored[i](item);
        }

        return values;
    }

    /// <summary>The current row of what <see cref="Select"/> found.</summary>
    public TOut Row(SqlStatement row)
    {
        TOut item = _new();
        for (int i = 0; i < _read.Length; i++)
        {
            _read[i](item, row, i);
        }

        return item;
    }
}
