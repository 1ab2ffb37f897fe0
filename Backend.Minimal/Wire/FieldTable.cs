using System.Text;
using System.Text.Json;

using Microsoft.OpenApi;

namespace JamBox.Backend.Wire;

/// <summary>
/// The fields of one kind of body. Parses straight from the bytes into the target: no document, no string per name, no reflection.
/// Unknown names of devices are skipped, so that newer firmware can say more than we know; those of people and tools are refused by name.
/// </summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class FieldTable<T> : IBodyTable
{
    private const int MaxFields = 64;

    private readonly Field<T>[] _fields;

    /// <summary>Open addressing over the UTF-8 names; a power of two, at most half full.</summary>
    private readonly Slot[] _slots;

    /// <summary>Makes the table.</summary>
    public FieldTable(params Field<T>[] fields)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fields.Length, MaxFields);
        _fields = fields;
        int names = fields.Sum(static field => field.Names.Length);
        _slots = new Slot[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)names * 2)];
        for (int field = 0; field < fields.Length; field++)
        {
            for (int rank = 0; rank < fields[field].Names.Length; rank++)
            {
                Add(new Slot(Encoding.UTF8.GetBytes(fields[field].Names[rank]), field, rank));
            }
        }
    }

    /// <summary>Name of the body in the OpenAPI document; that of the type unless said.</summary>
    public string SchemaName { get; init; } = typeof(T).Name;

    /// <inheritdoc/>
    public Type Target => typeof(T);

    /// <inheritdoc/>
    public IEnumerable<IBodyField> Fields => _fields;

    /// <summary>Parses a body. Unknown names are skipped.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="target">Is filled; of no use when the body is refused.</param>
    /// <returns>The refusal, or null when all is well.</returns>
    public DeviceResponse? Parse(ReadOnlySpan<byte> body, T target)
    {
        string? ignored = null;
        return Parse(body, target, mayBeUnknown: true, ref ignored);
    }

    /// <summary>Parses a body. The first unknown name is refused.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="target">Is filled; of no use when the body is refused.</param>
    /// <returns>What is wrong, or null when all is well.</returns>
    public string? ParseStrict(ReadOnlySpan<byte> body, T target)
    {
        string? unknown = null;
        DeviceResponse? refusal = Parse(body, target, mayBeUnknown: false, ref unknown);
        return unknown is null
            ? refusal?.Error
            : $"{NearMiss.Shown(unknown)}{NearMiss.Hint(unknown, _fields.Select(static field => field.Names[0]))}: unknown in this body; "
                + $"it takes {string.Join(", ", _fields.Where(static field => !field.IsIgnored).Select(static field => field.Names[0]))}";
    }

    private DeviceResponse? Parse(ReadOnlySpan<byte> body, T target, bool mayBeUnknown, ref string? unknown)
    {
        try
        {
            Utf8JsonReader reader = new(body);
            return !reader.Read() || reader.TokenType != JsonTokenType.StartObject
                ? DeviceResponse.BrokenBody
                : ParseObject(ref reader, target, mayBeUnknown, ref unknown);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is no UTF-8, or half of a surrogate pair.
            return DeviceResponse.BrokenBody;
        }
    }

    private DeviceResponse? ParseObject(ref Utf8JsonReader reader, T target, bool mayBeUnknown, ref string? unknown)
    {
        // For each field, the rank of the name it was taken from, plus one; 0 = not yet.
        Span<byte> taken = stackalloc byte[_fields.Length];

        // For each field, the names that were there, a bit each.
        Span<byte> seen = stackalloc byte[_fields.Length];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Slot? slot = Find(ref reader);
            if (slot is null && !mayBeUnknown)
            {
                unknown = reader.GetString();
                return DeviceResponse.BrokenBody;
            }

            if (slot is not null && !mayBeUnknown && (seen[slot.Field] & (1 << slot.Rank)) != 0)
            {
                return DeviceResponse.Refuse(400, $"{_fields[slot.Field].Names[slot.Rank]}: is there twice");
            }

            if (slot is not null)
            {
                seen[slot.Field] |= (byte)(1 << slot.Rank);
            }

            reader.Read();
            if (slot is null || (taken[slot.Field] != 0 && taken[slot.Field] <= slot.Rank))
            {
                reader.Skip();
                continue;
            }

            Field<T> field = _fields[slot.Field];
            if (field.IsNullRefused && reader.TokenType == JsonTokenType.Null)
            {
                return field.Refusal(slot.Rank);
            }

            switch (field.Take(ref reader, target))
            {
                case FieldResult.Refused:
                    return field.Refusal(slot.Rank);
                case FieldResult.Taken:
                    taken[slot.Field] = (byte)(slot.Rank + 1);
                    break;
            }
        }

        // Reads on: whatever follows the object makes the reader throw.
        return reader.Read() ? DeviceResponse.BrokenBody : null;
    }

    private Slot? Find(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> name = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;
        for (int i = Hash(name); _slots[i & (_slots.Length - 1)] is { } slot; i++)
        {
            if (name.SequenceEqual(slot.Name))
            {
                return slot;
            }
        }

        return null;
    }

    private void Add(Slot slot)
    {
        int i = Hash(slot.Name);
        while (_slots[i & (_slots.Length - 1)] is not null)
        {
            i++;
        }

        _slots[i & (_slots.Length - 1)] = slot;
    }

    /// <summary>Fixed and cheap; there is nothing to attack, the table never grows.</summary>
    private static int Hash(ReadOnlySpan<byte> name)
    {
        uint hash = (uint)name.Length;
        foreach (byte b in name)
        {
            hash = (hash * 31) + b;
        }

        return (int)(hash & 0xFFFF);
    }

    private sealed record Slot(byte[] Name, int Field, int Rank);
}

/// <summary>One field of a device's JSON body: its names, what it may be, and where it goes.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal abstract class Field<T> : IBodyField
{
    private readonly DeviceResponse[] _refusals;

    /// <summary>Makes a field.</summary>
    /// <param name="names">The name first, then others that older senders use; an earlier one wins over a later one.</param>
    /// <param name="rule">What the value must be, for the refusal.</param>
    protected Field(string names, string rule)
    {
        Names = names.Split(' ');
        _refusals = [.. Names.Select(name => DeviceResponse.Refuse(400, $"{name}: must be {rule}"))];
    }

    /// <inheritdoc/>
    public string[] Names { get; }

    /// <inheritdoc/>
    public bool IsRequired { get; init; }

    /// <inheritdoc/>
    public virtual bool IsIgnored => false;

    /// <summary>
    /// Whether null is refused. Elsewhere it is as good as not sent; where not sent means all, null would give away what nobody said.
    /// </summary>
    public bool IsNullRefused { get; init; }

    /// <inheritdoc/>
    public abstract OpenApiSchema Describe();

    /// <summary>The refusal that names this field, made in advance: nothing that was sent is echoed.</summary>
    /// <param name="rank">Which of the names was used.</param>
    public DeviceResponse Refusal(int rank) => _refusals[rank];

    /// <summary>Takes the value that the reader stands on.</summary>
    /// <param name="reader">On the value's first token; on its last afterwards.</param>
    /// <param name="target">What is being filled.</param>
    public abstract FieldResult Take(ref Utf8JsonReader reader, T target);
}

/// <summary>What became of a value.</summary>
internal enum FieldResult
{
    /// <summary>Taken; a later alias of the same field no longer counts.</summary>
    Taken,

    /// <summary>As good as not sent, so that an alias may still speak: null, or a zero where zero says nothing.</summary>
    Absent,

    /// <summary>Of the wrong type or out of range.</summary>
    Refused,
}

/// <summary>A table of fields, as the OpenAPI document sees it.</summary>
internal interface IBodyTable
{
    /// <summary>Name of the body's schema.</summary>
    string SchemaName { get; }

    /// <summary>What it fills: its properties of the same JSON names say what the fields mean.</summary>
    Type Target { get; }

    /// <summary>Its fields, in order.</summary>
    IEnumerable<IBodyField> Fields { get; }
}

/// <summary>A field of a body, as the OpenAPI document sees it.</summary>
internal interface IBodyField
{
    /// <summary>Its names, best first; the others are marked deprecated.</summary>
    string[] Names { get; }

    /// <summary>Whether a body without it is refused. Said in the document; the request refuses in its own words.</summary>
    bool IsRequired { get; }

    /// <summary>Whether its value plays no part.</summary>
    bool IsIgnored { get; }

    /// <summary>Type and range, as it refuses by.</summary>
    OpenApiSchema Describe();
}
