namespace JamBox.Backend.Security;

/// <summary>The device that a request's token belongs to.</summary>
/// <param name="DeviceId">Its id, such as JBNB0001.</param>
/// <param name="Status">active, inactive or maintenance.</param>
/// <param name="TokenHash">The stored hash that the token was found by.</param>
/// <param name="NextTokenHash">That of a new token that was not used yet.</param>
internal sealed record DeviceIdentity(string DeviceId, string Status, string TokenHash, string? NextTokenHash);
