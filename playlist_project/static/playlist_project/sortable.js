'use strict';

// adminsortable2 saves a new order with fetch() and tells only the console when that fails: tell the person.
{
    const send = window.fetch;

    const forget = () => document.getElementById('order-not-saved')?.remove();

    const show = reason => {
        forget();
        const reload = document.createElement('a');
        reload.href = window.location.href;
        reload.textContent = gettext('Show the order as it is');
        const text = `${gettext('The new order was not saved.')} ${reason} `;
        playlistService.toast('error', text, reload).id = 'order-not-saved';
    };

    const reasonIn = async response => {
        if (response.redirected) {
            return gettext('You are no longer logged in.');
        }
        const plain = response.headers.get('Content-Type')?.startsWith('text/plain');
        return plain ? await response.clone().text() : gettext('The server refused it.');
    };

    window.fetch = async (resource, options) => {
        if (!String(resource).includes('/adminsortable2_update/')) {
            return send(resource, options);
        }
        try {
            const response = await send(resource, options);
            if (response.ok && !response.redirected) {
                forget();
                playlistService.toast('success', gettext('The order is saved.'));
            } else {
                show(await reasonIn(response));
            }
            return response;
        } catch (error) {
            show(gettext('The server could not be reached.'));
            throw error;
        }
    };
}
