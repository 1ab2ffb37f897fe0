namespace JamBox.Backend.Security;

/// <summary>What a key or a user may do. What each may besides its own says <see cref="Roles.Includes"/>.</summary>
internal enum Role
{
    /// <summary>Look.</summary>
    Viewer,

    /// <summary>Look after the boxes: commands, configuration, places, PINs, alerts.</summary>
    Operator,

    /// <summary>Everything: devices, tokens, keys, users, releases, import, backup, audit.</summary>
    Admin,

    /// <summary>A place is theirs: look, name it, its hours, its users, codes for boxes that join.</summary>
    Owner,

    /// <summary>Make devices: register them, and all of manufacturing until they are sold.</summary>
    Maker,

    /// <summary>Upload firmware.</summary>
    Uploader,

    /// <summary>Download firmware.</summary>
    Downloader,
}

/// <summary>Which role may do what others may.</summary>
internal static class Roles
{
    /// <summary>Their names on the wire.</summary>
    public static readonly string[] Names = [.. Enum.GetValues<Role>().Select(static role => Name(role))];

    /// <summary>The roles that are held at places; what the others do concerns no place.</summary>
    private static readonly Role[] s_ofPlaces = [Role.Viewer, Role.Owner, Role.Operator];

    /// <summary>Whether a role is held at places, or everywhere; what the others do concerns no place.</summary>
    public static bool IsOfPlaces(Role role) => role == Role.Admin || s_ofPlaces.Contains(role);

    /// <summary>The name on the wire.</summary>
    public static string Name(Role role) => role.ToString().ToLowerInvariant();

    /// <summary>Whether somebody with a role may do what is asked of another one.</summary>
    /// <param name="held">The role that somebody has.</param>
    /// <param name="asked">The role that is asked for.</param>
    /// <param name="everywhere">Whether the role is held for all places: what an admin does concerns all of them, so that an admin of some
    /// is their operator.</param>
    public static bool Includes(Role held, Role asked, bool everywhere) =>
        held == asked ? asked != Role.Admin || everywhere : held switch
        {
            Role.Admin => everywhere || s_ofPlaces.Contains(asked),
            Role.Operator => asked is Role.Viewer or Role.Owner,
            Role.Owner => asked is Role.Viewer,
            _ => false,
        };

    /// <summary>The roles of places that somebody with a role at a place may act as.</summary>
    public static IEnumerable<Role> AtPlace(Role held) => s_ofPlaces.Where(asked => Includes(held, asked, everywhere: false));
}

/// <summary>A role, and where it is held.</summary>
/// <param name="Role">The role.</param>
/// <param name="PlaceId">The place; null = all of them.</param>
internal sealed record Grant(Role Role, long? PlaceId);
