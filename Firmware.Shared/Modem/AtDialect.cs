namespace JamBox.Modem;

/// <summary>What an <see cref="AtChat"/> must know of its modem: what it says. What it is told comes with each command.</summary>
public sealed class AtDialect
{
    /// <summary>Initializes a new instance of the <see cref="AtDialect"/> class.</summary>
    /// <param name="texts">One string with all its tables and commands.</param>
    /// <param name="finals">The piece with the table of final lines, which every command may end with.</param>
    /// <param name="reports">Table of what may come at any time; the meanings are the owner's.</param>
    /// <param name="headers">Table of what announces payload; the meanings are those of <see cref="AtDataKind"/>.</param>
    public AtDialect(string texts, int finals, AtTable reports, AtTable headers)
    {
        Texts = texts;
        Finals = finals;
        Reports = reports;
        Headers = headers;
    }

    /// <summary>Gets the string that all pieces are of.</summary>
    public string Texts { get; }

    /// <summary>Gets the piece with the final lines.</summary>
    public int Finals { get; }

    /// <summary>Gets what may come at any time.</summary>
    public AtTable Reports { get; }

    /// <summary>Gets what announces payload.</summary>
    public AtTable Headers { get; }
}
