'use strict';

// The channel list: group and packages are changed in the row and saved at once. A change that is refused is undone.
document.addEventListener('DOMContentLoaded', () => {
    const given = document.getElementById('row-choices');
    if (!given) {
        return;
    }
    const {url, groups, packages} = JSON.parse(given.textContent);
    const FEW = 8;

    const notSaved = (what, error) => playlistService.toast('error', `${what} ${error.message}`);

    // ---- The group -------------------------------------------------------------------------------------------

    // A hundred rows with a hundred groups each would be a heavy page: a list is filled in when it is first used.
    const fillIn = select => {
        if (select.dataset.filled) {
            return;
        }
        select.dataset.filled = 'yes';
        const present = select.value;
        select.replaceChildren(
            new Option(gettext('no group'), ''),
            ...groups.map(([id, name]) => new Option(name, id)),
        );
        select.value = present;
    };

    const saveGroup = async select => {
        const before = select.dataset.saved;
        select.dataset.saved = select.value;
        select.setAttribute('aria-busy', 'true');
        try {
            await playlistService.callApi('PATCH', select.dataset.url, {
                group_id: select.value ? Number(select.value) : null,
            });
            playlistService.toast('success', gettext('The group is saved.'));
        } catch (error) {
            select.dataset.saved = select.value = before;
            notSaved(gettext('The group was not changed.'), error);
        }
        select.removeAttribute('aria-busy');
    };

    for (const select of document.querySelectorAll('.row-group')) {
        select.dataset.saved = select.value;
        for (const event of ['focus', 'pointerdown', 'keydown']) {
            select.addEventListener(event, () => fillIn(select));
        }
        playlistService.onChoice(select, () => saveGroup(select), {leaving: true});
    }

    // ---- The packages ----------------------------------------------------------------------------------------

    const names = new Map(packages.map(([id, name]) => [String(id), name]));
    const held = button => button.dataset.packages.split(' ').filter(Boolean);

    const show = (button, ids) => {
        button.dataset.packages = ids.join(' ');
        button.textContent = [...names.keys()].filter(id => ids.includes(id)).map(id => names.get(id)).join(', ')
            || gettext('none');
        button.setAttribute('aria-label', interpolate(
            gettext('Packages of %(channel)s: %(packages)s'),
            {channel: button.dataset.channel, packages: button.textContent},
            true,
        ));
    };

    // Only the difference is sent: what others have changed since the page was opened stays. And one change after the
    // other, as two at once could arrive in the wrong order.
    const savePackages = (button, box) => {
        const wanted = box.checked;
        const save = async () => {
            try {
                const {errors} = await playlistService.callApi('POST', url, {
                    ids: [Number(button.dataset.pk)],
                    [wanted ? 'add_package_ids' : 'remove_package_ids']: [Number(box.value)],
                });
                if (errors.length) {
                    throw new Error(errors[0].message);
                }
                const others = held(button).filter(id => id !== box.value);
                show(button, wanted ? [...others, box.value] : others);
                const text = wanted ? gettext('Put into the package %(name)s.') : gettext('Taken out of the package %(name)s.');
                playlistService.toast('success', interpolate(text, {name: names.get(box.value)}, true));
            } catch (error) {
                box.checked = !wanted;
                notSaved(gettext('The packages were not changed.'), error);
            }
        };
        button.saving = (button.saving ?? Promise.resolve()).then(save);
    };

    const boxFor = (button, [id, name]) => {
        const label = document.createElement('label');
        const box = document.createElement('input');
        box.type = 'checkbox';
        box.value = id;
        box.checked = held(button).includes(String(id));
        box.addEventListener('change', () => savePackages(button, box));
        label.append(box, ` ${name}`);
        return label;
    };

    const searchFor = boxes => {
        const search = document.createElement('input');
        search.type = 'search';
        search.placeholder = gettext('Search');
        search.setAttribute('aria-label', gettext('Search packages'));
        search.addEventListener('input', () => {
            const words = search.value.toLocaleLowerCase();
            for (const label of boxes.children) {
                label.hidden = !label.textContent.toLocaleLowerCase().includes(words);
            }
        });
        return search;
    };

    const menu = document.createElement('div');
    menu.id = 'package-menu';
    menu.popover = 'auto';
    menu.setAttribute('role', 'dialog');
    document.body.append(menu);
    let opener;

    // Below its button, or above it where there is no room below.
    const place = button => {
        const at = button.getBoundingClientRect();
        const below = window.innerHeight - at.bottom > menu.offsetHeight + 8;
        menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - menu.offsetHeight - 4)}px`;
        menu.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - menu.offsetWidth - 8))}px`;
    };

    const open = button => {
        opener = button;
        const boxes = document.createElement('div');
        boxes.className = 'boxes-to-tick';
        boxes.append(...packages.map(entry => boxFor(button, entry)));
        if (!packages.length) {
            boxes.append(gettext('There are no packages yet.'));
        }
        const heading = document.createElement('h2');
        heading.id = 'package-menu-heading';
        heading.textContent = button.dataset.channel;
        menu.setAttribute('aria-labelledby', heading.id);
        menu.replaceChildren(heading, ...packages.length > FEW ? [searchFor(boxes)] : [], boxes);
        menu.showPopover();
        place(button);
        menu.querySelector('input')?.focus();
    };

    menu.addEventListener('toggle', event => {
        const isOpen = event.newState === 'open';
        opener?.setAttribute('aria-expanded', String(isOpen));
        if (!isOpen && (menu.contains(document.activeElement) || document.activeElement === document.body)) {
            opener?.focus();
        }
    });
    window.addEventListener('scroll', () => menu.matches(':popover-open') && place(opener), {passive: true, capture: true});

    for (const button of document.querySelectorAll('.row-packages')) {
        button.setAttribute('aria-expanded', 'false');
        button.addEventListener('click', () => open(button));
    }
});
