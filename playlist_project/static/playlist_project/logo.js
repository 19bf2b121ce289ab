'use strict';

// The form of a channel: show the picture that was chosen before it is saved.
document.addEventListener('DOMContentLoaded', () => {
    const file = document.getElementById('id_logo_file');
    const address = document.getElementById('id_logo_address');
    const remove = document.getElementById('id_remove_logo');
    const current = document.querySelector('.field-picture .logo-large');
    if (!file || !current) {
        return;
    }
    const before = current.cloneNode(true);
    let shown = current;

    const show = node => {
        shown.replaceWith(node);
        shown = node;
    };
    const picture = source => {
        const image = new Image();
        image.className = 'logo-large';
        image.alt = gettext('The chosen logo');
        image.src = source;
        show(image);
    };
    const none = () => {
        const empty = document.createElement('span');
        empty.className = 'logo-large logo-none';
        empty.setAttribute('aria-hidden', 'true');
        show(empty);
    };

    const preview = () => {
        const [chosen] = file.files;
        if (chosen) {
            const reader = new FileReader();
            reader.addEventListener('load', () => picture(reader.result));
            reader.readAsDataURL(chosen);
        } else if (remove?.checked) {
            none();
        } else if (/^https?:\/\/./.test(address.value) && address.value !== address.defaultValue) {
            picture(address.value);
        } else {
            show(before.cloneNode(true));
        }
    };
    for (const input of [file, address, remove]) {
        input?.addEventListener('change', preview);
    }
});
