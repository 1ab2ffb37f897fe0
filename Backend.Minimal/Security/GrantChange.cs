namespace JamBox.Backend.Security;

/// <summary>What is said of somebody's rights: a role, and where it is held. Nobody gets more places than were named.</summary>
/// <param name="Role">The role.</param>
/// <param name="Places">The ids of the places; null = not said.</param>
/// <param name="IsEverywhere">Whether it was said that it is for all of them.</param>
internal sealed record GrantChange(Role Role, IReadOnlyList<int>? Places, bool IsEverywhere)
{
    /// <summary>The rights of somebody new: everywhere, unless places were named.</summary>
    public IReadOnlyList<Grant> OfNew() => Named() ?? [new Grant(Role, null)];

    /// <summary>The rights of somebody who has some: the role is held where the ones before were, unless it was said where.</summary>
    /// <param name="before">What they may until now.</param>
    /// <returns>What they may from now on; or what is left to say.</returns>
    public (IReadOnlyList<Grant>? Grants, string? Fault) After(IReadOnlyList<Grant> before)
    {
        if (Named() is { } named)
        {
            return (named, null);
        }

        // What a maker may concerns no place, which is not the same as every place.
        long?[] places = [.. before.Where(static grant => Roles.IsOfPlaces(grant.Role)).Select(static grant => grant.PlaceId).Distinct()];
        return places.Length == 0 ? (null, "places: must be said, or everywhere: they have no place until now")
            : places.Length > 1 && places.Contains(null)
            ? (null, "places: must be said, or everywhere: they have rights everywhere and at places")
            : Role == Role.Owner && places.Contains(null) ? (null, "places: an owner is one of named places")
            : ([.. places.Select(place => new Grant(Role, place))], null);
    }

    private IReadOnlyList<Grant>? Named() =>
        Places is not null ? [.. Places.Select(place => new Grant(Role, place))]
        : IsEverywhere || !Roles.IsOfPlaces(Role) ? [new Grant(Role, null)]
        : null;
}
