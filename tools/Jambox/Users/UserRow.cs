namespace JamBox.Bench.Users;

/// <summary>A user, as the server lists them.</summary>
/// <param name="Id">Their id.</param>
/// <param name="Email">The address with which they sign in.</param>
/// <param name="State">active, invited or disabled.</param>
/// <param name="Grants">What they may, and where.</param>
internal sealed record UserRow(long Id, string Email, string State, IReadOnlyList<GrantRow> Grants);

/// <summary>A role, and where it is held.</summary>
/// <param name="Role">The role.</param>
/// <param name="PlaceId">The place's id; <c>null</c> = everywhere.</param>
internal sealed record GrantRow(string Role, long? PlaceId);

/// <summary>A new user, as the server answers.</summary>
/// <param name="User">The user.</param>
/// <param name="Link">The path of the invitation; <c>null</c> when it was mailed, or a password was given.</param>
internal sealed record CreatedUser(UserRow User, string? Link);

/// <summary>What the server is sent to make a user.</summary>
/// <param name="Email">The address.</param>
/// <param name="Name">Their name.</param>
/// <param name="Role">The role.</param>
/// <param name="Places">The places; <c>null</c> = all.</param>
/// <param name="Password">The first password; <c>null</c> = they are invited.</param>
internal sealed record NewUser(string Email, string? Name, string Role, IReadOnlyList<long>? Places, string? Password);
