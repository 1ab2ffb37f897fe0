namespace JamBox.Things.Ports;

/// <summary>Small texts that survive a loss of power.</summary>
public interface ISettingsStore
{
    /// <summary>Reads a text.</summary>
    /// <param name="key">1 to 15 ASCII characters.</param>
    /// <returns><c>null</c> when there is none.</returns>
    string Get(string key);

    /// <summary>Stores a text; after the return it survives, before it the old one does: never a mixture.</summary>
    /// <param name="key">1 to 15 ASCII characters.</param>
    /// <param name="value">The text; <c>null</c> removes the key.</param>
    /// <returns><c>false</c> when the store refused: the old text is still there.</returns>
    bool Set(string key, string value);
}
