using System.Text;
using JamBox.Ports;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Storage;

/// <summary>
/// The key-value store of a box (NVS on the board). A value is the old one or the new one whenever power goes, never a mixture.
/// </summary>
/// <param name="power">May cut a write; <c>null</c> = never.</param>
/// <param name="random">Whether a cut write has happened.</param>
internal sealed class TwinStore(PowerSwitch? power = null, SeededRandom? random = null) : IKeyValueStore
{
    private const int MaxKeyLength = 15;

    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);

    /// <summary>Told of every value that the firmware writes, with its key.</summary>
    public Action<string, ReadOnlyMemory<byte>>? Written { get; set; }

    /// <summary>Paused while a value is stored.</summary>
    public FirmwareMeter? Meter { get; set; }

    /// <summary>Values written by the firmware so far.</summary>
    public int Writes { get; private set; }

    /// <summary>Writes that power cut short.</summary>
    public int Torn { get; private set; }

    /// <summary>What is in it.</summary>
    public IReadOnlyDictionary<string, byte[]> Values => _values;

    /// <summary>Stores a text, as provisioning does.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">ASCII.</param>
    public void Set(string key, string value) => Provision(key, Encoding.ASCII.GetBytes(value));

    /// <summary>Stores a value, as provisioning does.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">The value; empty removes it.</param>
    public void Provision(string key, byte[] value) => Put(key, value);

    public int Get(string key, byte[] buffer)
    {
        if (!_values.TryGetValue(Checked(key), out byte[]? value) || value.Length > buffer.Length)
        {
            return -1;
        }

        value.CopyTo(buffer, 0);
        return value.Length;
    }

    public bool Set(string key, byte[] buffer, int count)
    {
        Meter?.Pause();
        byte[] value = buffer[..count];
        Writes++;
        Written?.Invoke(key, value);
        bool isCut = power?.BeginsOperation() == true;
        if (!isCut || HappensAllTheSame(power!.Tear))
        {
            Put(key, value);
        }

        if (isCut)
        {
            Torn++;
            throw PowerSwitch.Die($"in the middle of storing '{key}'");
        }

        Meter?.Resume();
        return true;
    }

    // A value is stored or not: a half does not exist.
    private bool HappensAllTheSame(TearKind tear) => tear switch
    {
        TearKind.Nothing => false,
        TearKind.All => true,
        _ => random!.Chance(0.5),
    };

    private static string Checked(string key) =>
        key.Length is > 0 and <= MaxKeyLength ? key : throw new ArgumentException($"a key has 1…{MaxKeyLength} characters: '{key}'");

    private void Put(string key, byte[] value)
    {
        if (value.Length == 0)
        {
            _values.Remove(Checked(key));
        }
        else
        {
            _values[Checked(key)] = value;
        }
    }
}
