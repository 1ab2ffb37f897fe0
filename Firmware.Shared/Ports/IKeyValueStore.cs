namespace JamBox.Ports;

/// <summary>Small values that survive a loss of power (NVS on the board): identity, configuration, flags.</summary>
public interface IKeyValueStore
{
    /// <summary>Reads a value.</summary>
    /// <param name="key">1…15 ASCII characters (the limit of NVS).</param>
    /// <param name="buffer">Filled from index 0.</param>
    /// <returns>Length of the value in bytes; −1 when there is none or it is longer than <paramref name="buffer"/>.</returns>
    int Get(string key, byte[] buffer);

    /// <summary>Stores a value; after the return it survives, before it the old one does: never a mixture.</summary>
    /// <param name="key">1…15 ASCII characters (the limit of NVS).</param>
    /// <param name="buffer">The value, from index 0.</param>
    /// <param name="count">Its length in bytes; 0 removes the key.</param>
    /// <returns><c>false</c> when the store refused (full, worn out): the old value is still there.</returns>
    bool Set(string key, byte[] buffer, int count);
}
