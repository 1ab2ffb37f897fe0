namespace JamBox.Backend.Security;

/// <summary>A key that is about to be made.</summary>
/// <param name="Name">Its name, 1 to 64 characters.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Hash">SHA-256 of the key, hex.</param>
/// <param name="Places">The places that it may see; none = all.</param>
/// <param name="CreatedBy">Who makes it.</param>
/// <param name="CreatedAt">Milliseconds since 1970.</param>
internal sealed record NewApiKey(string Name, Role Role, string Hash, IReadOnlyList<string> Places, string CreatedBy, long CreatedAt);
