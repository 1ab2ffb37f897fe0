using System.Text.Json;

namespace JamBox.Backend.Wire;

/// <summary>One field of a device's JSON body: its names, what it may be, and where it goes.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal abstract class Field<T>
{
    private readonly DeviceAnswer[] _refusals;

    /// <summary>Makes a field.</summary>
    /// <param name="names">The name first, then others that older senders use; an earlier one wins over a later one.</param>
    /// <param name="rule">What the value must be, for the refusal.</param>
    protected Field(string names, string rule)
    {
        Names = names.Split(' ');
        _refusals = [.. Names.Select(name => DeviceAnswer.Refuse(400, $"{name}: must be {rule}"))];
    }

    /// <summary>The names, best first.</summary>
    public string[] Names { get; }

    /// <summary>The refusal that names this field, made in advance: nothing that was sent is echoed.</summary>
    /// <param name="rank">Which of the names was used.</param>
    public DeviceAnswer Refusal(int rank) => _refusals[rank];

    /// <summary>Takes the value that the reader stands on.</summary>
    /// <param name="reader">On the value's first token; on its last afterwards.</param>
    /// <param name="target">What is being filled.</param>
    public abstract FieldResult Take(ref Utf8JsonReader reader, T target);
}
